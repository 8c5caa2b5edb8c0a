from django.urls import path

from correlation import alert_views

app_name = "alerts"
urlpatterns = [
    path("", alert_views.alert_list, name="list"),
    path("bell", alert_views.bell, name="bell"),
    path("change", alert_views.change, name="change"),
    path("mutes/<uuid:pk>/end", alert_views.unmute, name="unmute"),
]
