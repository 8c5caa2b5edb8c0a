from django.urls import path

from correlation import incident_views

app_name = "incidents"
urlpatterns = [
    path("", incident_views.incident_list, name="list"),
    path("<uuid:pk>/", incident_views.incident_detail, name="detail"),
    path("<uuid:pk>/acknowledge", incident_views.acknowledge, name="acknowledge"),
    path("<uuid:pk>/notes", incident_views.add_note, name="note"),
    path("<uuid:pk>/root-cause", incident_views.set_root_cause, name="root-cause"),
]
