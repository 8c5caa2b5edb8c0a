"""The channels' health in the admin. Every write goes through the services."""

from integrations.admin import access, events, imports, observations, rules, setup

__all__ = ["access", "events", "imports", "observations", "rules", "setup"]
