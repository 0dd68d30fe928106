"""Assessments: pure decisions on commands, no Flask, no store, no clock."""
