"""`/api/v1/correlation/executions...`: test results in."""

from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from correlation.choices import ExecutionSource
from correlation.executions import ExecutionInput
from correlation.imports import Choices, ImportedReport, RefusedFilesError, import_reports
from correlation.serializers import (
    ExecutionInputSerializer,
    ImportedReportSerializer,
    ImportedReportsSerializer,
    ImportQuery,
    JunitUploadSerializer,
    RecordedExecutionsSerializer,
)
from correlation.services import record_executions
from correlation.uploads import MAX_UPLOAD_BYTES, TooLargeError, read_files, zone_of
from correlation.xml_parser import XmlBytesParser
from integrations.inputs import RowsError
from qa_observability.api.bodies import declared_length
from qa_observability.api.errors import GivenName, PayloadTooLarge
from qa_observability.api.parsers import BoundedJSONParser
from qa_observability.api.serializers import Query

EXECUTIONS_MAX = 10_000
XML = "application/xml"


class ExecutionViewSet(ViewSet):
    """Runs of test cases."""

    required_permissions = {
        "create": ["correlation.add_testexecution"],
        "junit": ["correlation.add_testexecution"],
    }
    ingest_actions = ("create", "junit")
    parser_classes = [BoundedJSONParser]

    @extend_schema(
        request=ExecutionInputSerializer(many=True),
        responses={
            201: RecordedExecutionsSerializer,
            200: OpenApiResponse(RecordedExecutionsSerializer, "All were duplicates"),
        },
        operation_id="recordExecutions",
        summary="Record executions",
        description=f"One execution or a list of up to {EXECUTIONS_MAX:,}: all of them or none.",
    )
    def create(self, request: Request) -> Response:
        Query.of(request)
        data = request.data
        many = isinstance(data, list)
        if many and len(data) > EXECUTIONS_MAX:
            raise ValidationError([f"A list may hold at most {EXECUTIONS_MAX:,} executions; this one: {len(data):,}."])
        body = ExecutionInputSerializer(data=data, many=many)
        body.is_valid(raise_exception=True)
        rows = body.validated_data if many else [body.validated_data]
        given = [ExecutionInput(source=ExecutionSource.API, **row) for row in rows]
        try:
            recorded = record_executions(given, now=timezone.now())
        except RowsError as error:
            if not many:
                raise ValidationError(error.errors[0]) from None
            raise ValidationError([error.errors.get(index, {}) for index in range(len(given))]) from None
        code = status.HTTP_201_CREATED if recorded.created else status.HTTP_200_OK
        return Response(RecordedExecutionsSerializer(recorded).data, status=code)

    @extend_schema(
        request={"multipart/form-data": JunitUploadSerializer, XML: OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("runId", OpenApiTypes.STR, description="The pipeline run; default: made from the files."),
            OpenApiParameter("timeZone", OpenApiTypes.STR, description="Of times without one; default UTC."),
            OpenApiParameter("source", OpenApiTypes.STR, description="A project, where two share test names."),
        ],
        responses={
            201: ImportedReportsSerializer,
            200: OpenApiResponse(ImportedReportsSerializer, "Nothing new was in the files"),
        },
        operation_id="importJunit",
        summary="Import JUnit XML",
        description="One file as the body, or several as multipart/form-data: all of them or none.",
    )
    @action(detail=False, methods=["post"], parser_classes=[MultiPartParser, XmlBytesParser])
    def junit(self, request: Request) -> Response:
        if declared_length(request) > MAX_UPLOAD_BYTES:
            raise PayloadTooLarge(f"The request body has more than {MAX_UPLOAD_BYTES:,} bytes.")
        choices = _choices(request)
        try:
            files = read_files(_files(request))
            imported = import_reports(files, choices=choices, now=timezone.now())
        except TooLargeError as error:
            raise PayloadTooLarge(str(error)) from None
        except RefusedFilesError as error:
            raise ValidationError({GivenName(name): [str(reason)] for _, name, reason in error.refused}) from None
        except RowsError as error:
            raise ValidationError(next(iter(error.errors.values()))) from None
        created = sum(report.created for report in imported)
        body = {
            "files": [_as_json(report, request) for report in imported],
            "created": created,
            "duplicates": sum(report.duplicates for report in imported),
            "testCases": sum(report.test_cases for report in imported),
        }
        return Response(body, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


def _files(request: Request) -> list[Any]:
    if isinstance(request.data, bytes):
        return [ContentFile(request.data, name="body.xml")]
    files = [file for _, uploaded in request.FILES.lists() for file in uploaded]
    if not files:
        raise ValidationError({"file": ["Send at least one file, such as with curl -F file=@report.xml."]})
    return files


def _choices(request: Request) -> Choices:
    given = {name: values[-1] for name, values in request.query_params.lists() if name != "format"}
    if not isinstance(request.data, bytes):
        given |= {name: value for name, value in request.data.items() if name not in request.FILES}
    query = ImportQuery(data=given)
    query.is_valid(raise_exception=True)
    chosen = query.validated_data
    try:
        return Choices(run_id=chosen["run_id"], zone=zone_of(chosen["time_zone"]), source=chosen["source"])
    except ValueError as error:
        raise ValidationError({"timeZone": [str(error)]}) from None


def _as_json(report: ImportedReport, request: Request) -> dict[str, Any]:
    body = dict(ImportedReportSerializer(report).data)
    return body | {"link": request.build_absolute_uri(report.link)}
