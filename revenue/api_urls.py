from rest_framework.routers import SimpleRouter

from revenue.api import RevenueViewSet

router = SimpleRouter(trailing_slash=False)
router.register("revenue", RevenueViewSet, basename="revenue")

urlpatterns = router.urls
