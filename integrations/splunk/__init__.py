"""Splunk exports of statistics per endpoint: bytes to rows, rows to sums, sums to findings. Pure and streaming."""
