"""What a user may do is what Django says, and is true of the next request."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User

from qa_observability import roles
from qa_observability.backends import OneQueryBackend
from tests.problems import assert_problem

HEALTH = "/api/v1/integrations/health"


def own(user, codename):
    user.user_permissions.add(Permission.objects.get(codename=codename))


@pytest.mark.parametrize("groups", [[], [roles.VIEWERS], [roles.VIEWERS, roles.QA_LEADS, roles.INGEST]])
@pytest.mark.parametrize("codenames", [[], ["view_alert"], ["add_user", "delete_integration"]])
@pytest.mark.parametrize("fields", [{}, {"is_superuser": True}, {"is_active": False}])
def test_it_finds_what_django_finds(make_user, groups, codenames, fields):
    make_user(roles.REVENUE_ADMINS)  # somebody else's are not theirs
    user = make_user(username="somebody", **fields)
    user.groups.set(Group.objects.filter(name__in=groups))
    for codename in codenames:
        own(user, codename)

    def asked(backend, obj=None):
        return backend().get_all_permissions(User.objects.get(pk=user.pk), obj)

    assert asked(OneQueryBackend) == asked(ModelBackend)
    assert asked(OneQueryBackend, user) == asked(ModelBackend, user) == set()


def test_nobody_may_nothing(db):
    assert OneQueryBackend().get_all_permissions(AnonymousUser()) == set()


def test_one_query_however_often_it_is_asked(viewer, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert viewer.has_perm("integrations.view_integrationhealth")
        assert not viewer.has_perm("integrations.add_integrationhealth")


def test_what_is_taken_away_is_gone_with_the_next_request(viewer_api, viewer, as_viewer):
    assert viewer_api.get(HEALTH).status_code == as_viewer.get(HEALTH).status_code == 200
    viewer.groups.clear()
    assert_problem(viewer_api.get(HEALTH), 403)
    assert_problem(as_viewer.get(HEALTH), 403)
    own(viewer, "view_integrationhealth")
    assert viewer_api.get(HEALTH).status_code == as_viewer.get(HEALTH).status_code == 200
