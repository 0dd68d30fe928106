"""The report of a year or a quarter: what the indicators say at its end, as JSON, PDF and XLSX.

The same period, positions, rules and language give the same bytes, on any day and in any process.
"""
