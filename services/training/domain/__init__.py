"""Courses, participation, certificates and surveys: pure decisions. No Flask, no MongoDB, no clock."""
