"""`/api/v1/integrations/imports/...`"""

from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations.splunk.lines import SplunkError
from integrations.splunk_imports import ExportFile, ImportRefusedError, ImportReport, import_exports
from qa_observability.api.bodies import declared_length
from qa_observability.api.errors import PayloadTooLarge, camelize
from qa_observability.api.serializers import Query, Serializer


class SplunkImportSerializer(Serializer):
    """A Splunk export of statistics per endpoint, in one or several files."""

    file = serializers.ListField(child=serializers.FileField(allow_empty_file=True), min_length=1, max_length=50)
    observed_at = serializers.DateTimeField(required=False, help_text="The moment that rows without a time stand for.")
    basis = serializers.ChoiceField(
        choices=["total", "server"], default="total", help_text="All errors, or server errors (5xx) only."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only tell what the import would do.")


class EndpointSerializer(Serializer):
    endpoint = serializers.CharField(source="path")
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # DRF's own name


class AreaFindingSerializer(Serializer):
    area = serializers.ChoiceField(choices=["pricing", "fees", "booking", "other"])
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # DRF's own name
    rate = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    status = serializers.ChoiceField(choices=["insufficient", "healthy", "warning", "critical"], allow_null=True)


class IntegrationFindingSerializer(Serializer):
    integration_id = serializers.CharField(source="integration")
    areas = AreaFindingSerializer(many=True)
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # DRF's own name
    error_rate = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    booking_loss_rate = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    pricing_sync_status = serializers.CharField(allow_null=True)
    fees_sync_status = serializers.CharField(allow_null=True)
    worst_endpoints = EndpointSerializer(many=True)
    observed_at = serializers.DateTimeField()
    observation = serializers.ChoiceField(
        choices=["created", "updated", "unchanged"], allow_null=True, help_text="Null: too few requests to tell."
    )


class SplunkReportSerializer(Serializer):
    dry_run = serializers.BooleanField()
    files = serializers.ListField(child=serializers.CharField())
    rows = serializers.IntegerField()
    integrations = IntegrationFindingSerializer(many=True)
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="Integrations met only in static or noise rows."
    )
    ignored = serializers.DictField(child=serializers.IntegerField(), help_text="Rows left out, by reason.")
    ignored_examples = serializers.ListField(child=serializers.CharField())
    unmatched_endpoints = EndpointSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
    lower_bounds = serializers.BooleanField(help_text="Rows are probably missing, so that sums are lower bounds.")
    observations = serializers.DictField(child=serializers.IntegerField())
    events = serializers.DictField(child=serializers.IntegerField())


class SplunkImportView(APIView):
    """Splunk exports, as file upload."""

    parser_classes = (MultiPartParser,)
    required_permissions = {"post": ["integrations.add_integrationhealth", "integrations.add_integrationevent"]}
    ingest_actions = ("post",)

    @extend_schema(
        request={"multipart/form-data": SplunkImportSerializer},
        responses={200: SplunkReportSerializer},
        operation_id="importSplunkExport",
        summary="Import a Splunk export",
        description="All or nothing; the same files for the same moment again change nothing.",
    )
    def post(self, request: Request) -> Response:
        Query.of(request)
        refuse_oversized(request)
        form = SplunkImportSerializer(data=_fields(request))
        form.is_valid(raise_exception=True)
        given = form.validated_data
        try:
            report = import_exports(
                [ExportFile(file.name, file) for file in given["file"]],
                observed_at=given.get("observed_at"),
                now=timezone.now(),
                basis=given["basis"],
                dry_run=given["dry_run"],
            )
        except SplunkError as error:
            raise ValidationError({"file": [str(error)]}) from error
        except ImportRefusedError as error:
            raise ValidationError({camelize(error.field): [str(error)]}) from error
        return Response(SplunkReportSerializer(as_json(report)).data)


def refuse_oversized(request: Request) -> None:
    """Refuse a body above SPLUNK_UPLOAD_MAX_MB before any of it is read."""
    limit = settings.SPLUNK_UPLOAD_MAX_BYTES
    if declared_length(request) > limit:
        raise PayloadTooLarge(f"At most {limit // 1024**2} MB are accepted; use manage.py import_splunk.")


def as_json(report: ImportReport) -> dict[str, Any]:
    """Return the report under the names of its serializer."""
    findings = [
        {**{name: getattr(finding, name) for name in _FINDING}, "observed_at": moment, "observation": fate}
        for finding, moment, fate in report.findings
    ]
    return {
        "dry_run": report.dry_run,
        "files": report.files,
        "rows": report.rows,
        "integrations": findings,
        "unknown": report.unknown,
        "ignored": report.ignored,
        "ignored_examples": report.examples,
        "unmatched_endpoints": report.unmatched,
        "warnings": report.warnings,
        "lower_bounds": report.lower_bounds,
        "observations": report.observations,
        "events": report.events,
    }


_FINDING = (
    "integration",
    "areas",
    "requests",
    "errors",
    "error_rate",
    "booking_loss_rate",
    "pricing_sync_status",
    "fees_sync_status",
    "worst_endpoints",
)


def _fields(request: Request) -> dict[str, Any]:
    """Return the form's fields; `file` may be given several times, the others once."""
    fields: dict[str, Any] = {}
    if not isinstance(request.data, QueryDict):  # an empty body is no form, whatever its type
        return fields
    for name, values in request.data.lists():
        if name == "file":
            fields[name] = values
        elif len(values) > 1:
            raise ValidationError({name: ["Given more than once."]})
        else:
            fields[name] = values[0]
    return fields
