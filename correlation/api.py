"""`/api/v1/correlation/...`"""

from decimal import Decimal
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from correlation import insights
from correlation.flakiness import flip_rate
from correlation.insights import Filters
from correlation.models import CorrelationRefresh, TestCase
from correlation.refreshes import start_refresh
from correlation.serializers import (
    CorrelationListQuery,
    CorrelationListSerializer,
    CorrelationSerializer,
    RecommendationSerializer,
    RefreshSerializer,
    TestCaseCorrelationsSerializer,
)
from integrations.models import Integration
from qa_observability.api.pagination import paginate_by_number
from qa_observability.api.serializers import Query, period_of, shown_all
from qa_observability.periods import parse_period

VIEW = ["correlation.view_testintegrationcorrelation"]
LONGEST_PERIOD = "1y"


class CorrelationViewSet(ViewSet):
    """Which test warns of which integration's incidents."""

    lookup_field = "test_case_id"
    lookup_value_regex = r"[^\x00-\x1f]{1,100}"
    list_key = "correlations"
    required_permissions = {"list": VIEW, "retrieve": VIEW}

    def csv_columns(self) -> list[str]:
        return list(CorrelationSerializer().fields)

    @extend_schema(
        parameters=[CorrelationListQuery],
        responses=CorrelationListSerializer,
        operation_id="listCorrelations",
        summary="Correlations of test cases with integrations",
        description="Best first, of those whose newest hit lies in the period; and what to do about them.",
    )
    def list(self, request: Request) -> Response:
        now = timezone.now()
        query = CorrelationListQuery.of(request)
        period = period_of(query, now)
        if "integration" in query:
            get_object_or_404(Integration, pk=query["integration"])
        test_case = query.get("test_case", "")
        exact = bool(test_case) and TestCase.objects.filter(pk=test_case).exists()
        if test_case and not exact and not TestCase.objects.matching(test_case).exists():
            raise NotFound(f"No test case is called {test_case!r}.")
        filters = Filters(
            integration=query.get("integration", ""),
            test_case_id=test_case if exact else "",
            test_case="" if exact else test_case,
            min_score=query.get("min_score", Decimal(0)),
        )
        rows = insights.correlations(period, filters)
        page = paginate_by_number(request, rows, page=query["page"], page_size=query["page_size"])
        return Response(
            {
                "correlations": shown_all(CorrelationSerializer, page["results"]),
                "recommendations": shown_all(RecommendationSerializer, insights.recommendations(rows, period)),
                "period": query["period"],
                "computedAt": insights.computed_at(),
                "next": page["next"],
                "previous": page["previous"],
            }
        )

    @extend_schema(
        parameters=[OpenApiParameter("test_case_id", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses=TestCaseCorrelationsSerializer,
        operation_id="getTestCaseCorrelations",
        summary="Correlations of one test case",
    )
    def retrieve(self, request: Request, test_case_id: str) -> Response:
        Query.of(request)
        case = get_object_or_404(TestCase, pk=test_case_id)
        rows = list(case.correlations.select_related("test_case", "integration").best_first())
        period = parse_period(LONGEST_PERIOD, timezone.now())
        return Response(
            {
                "testCaseId": case.pk,
                "testCaseName": case.name,
                "suite": case.suite,
                "runs": case.runs,
                "failedRuns": case.failed_runs,
                "flakyRuns": case.flaky_runs,
                "flipRate": flip_rate(case.runs, case.flips),
                "correlations": shown_all(CorrelationSerializer, rows),
                "recommendations": shown_all(RecommendationSerializer, insights.recommendations(rows, period)),
            }
        )


class RefreshViewSet(ViewSet):
    """Computing the correlations anew."""

    lookup_field = "id"
    lookup_value_regex = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    required_permissions = {
        "create": ["correlation.refresh_correlations"],
        "retrieve": ["correlation.refresh_correlations"],
    }

    @extend_schema(
        request=None,
        responses={202: OpenApiResponse(RefreshSerializer, "Waits for the worker")},
        operation_id="startRefresh",
        summary="Ask for a refresh",
        description="Several asks share one refresh: where one waits already, its id is answered.",
    )
    def create(self, request: Request) -> Response:
        Query.of(request)
        refresh = start_refresh(request.user)
        return Response(RefreshSerializer(refresh).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=RefreshSerializer, operation_id="getRefresh", summary="State of a refresh")
    def retrieve(self, request: Request, id: UUID) -> Response:
        Query.of(request)
        return Response(RefreshSerializer(get_object_or_404(CorrelationRefresh, pk=id)).data)
