"""Spreadsheets of observations and events: columns, reading and writing. Pure: no ORM, no settings, no clock."""
