"""What people write about incidents, as forms."""

from django import forms

from correlation.annotations import REASON_MAX, TEXT_MAX
from correlation.choices import root_cause_choices


class AcknowledgeForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_MAX,
        label="Reason",
        widget=forms.TextInput(attrs={"placeholder": "I am on it; the channel confirmed the outage"}),
    )


class NoteForm(forms.Form):
    text = forms.CharField(max_length=TEXT_MAX, label="Note", widget=forms.Textarea(attrs={"rows": 3}))


class RootCauseForm(forms.Form):
    root_cause = forms.ChoiceField(choices=root_cause_choices, label="Root cause")
    text = forms.CharField(
        max_length=TEXT_MAX, label="Explanation", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
