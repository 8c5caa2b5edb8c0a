"""The admin's form for JUnit XML files."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from correlation.executions import RUN_MAX
from correlation.imports import Choices, ImportedReport, RefusedFilesError, import_reports
from correlation.uploads import TooLargeError, read_files, zone_of
from integrations.inputs import RowsError


class ManyFilesInput(UnfoldAdminFileFieldWidget):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        # An empty file is refused by the importer, in the words it has for it.
        files = data if isinstance(data, list) else [data] if data else []
        if not files:
            raise forms.ValidationError("Choose at least one file.")
        return files


class JunitUploadForm(forms.Form):
    reports = ManyFilesField(
        label="Files", help_text="JUnit XML of any producer, at most 50 MB each. All of them go in, or none."
    )
    run_id = forms.CharField(
        label="Run",
        max_length=RUN_MAX,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The pipeline run. Empty: made from the files.",
    )
    time_zone = forms.CharField(
        initial="UTC",
        widget=UnfoldAdminTextInputWidget(),
        help_text="Of times that name none, such as Europe/Berlin. Wrong by an hour, nothing correlates.",
    )
    source = forms.CharField(
        label="Project",
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Where two projects have test cases of one name.",
    )

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"]).strip()
        if name not in available_timezones():
            raise forms.ValidationError("Not a time zone; write such as Europe/Berlin.")
        return name


def upload(form: JunitUploadForm, *, now: datetime) -> list[ImportedReport]:
    """Import the files of a valid form; what refuses them is added to its errors, and nothing goes in."""
    data = form.cleaned_data
    choices = Choices(run_id=data["run_id"], zone=zone_of(data["time_zone"]), source=data["source"])
    try:
        return import_reports(read_files(data["reports"]), choices=choices, now=now)
    except TooLargeError as error:
        form.add_error("reports", str(error))
    except RefusedFilesError as error:
        for _, name, reason in error.refused:
            form.add_error("reports", f"{name}: {reason}")
        form.add_error(None, "Nothing was imported.")
    except RowsError as error:
        form.add_error(None, "; ".join(text for texts in next(iter(error.errors.values())).values() for text in texts))
    return []
