def test_list(viewer_api, now, ingest_api, as_viewer):
    r = ingest_api.post("/api/v1/integrations/health", {"integrationId": "vrbo", "errorRate": 0.031})
    assert r.status_code == 201, r.content

    r = ingest_api.post(
        "/api/v1/integrations/health/vrbo/events",
        [{"eventType": "fee_sync_error", "severity": "high", "message": "x", "occurredAt": "2026-03-18T14:05:00Z"}],
    )

    r = viewer_api.get("/api/v1/integrations/health")
    assert r.status_code == 200, r.content

    for u in [
        "/api/v1/integrations/health?format=csv",
        "/api/v1/integrations/health/vrbo",
        "/api/v1/integrations/health/vrbo/events",
        "/api/v1/integrations/health/vrbo/events?x=1&period=9d&cursor=a",
        "/api/v1/schema",
        "/api/v1/nope",
        "/readyz",
    ]:
        r = viewer_api.get(u)
        print(u, r.status_code, r.content[:300])
    for u in ["/dashboard/", "/dashboard/integrations/", "/dashboard/integrations/vrbo/"]:
        r = as_viewer.get(u)
        print(u, r.status_code)
        assert r.status_code == 200
