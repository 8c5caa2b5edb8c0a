"""The channels' health in the admin. Every write goes through the services."""

from integrations.admin import access, collectors, events, imports, observations, rules, searches, setup, sources

__all__ = ["access", "collectors", "events", "imports", "observations", "rules", "searches", "setup", "sources"]
