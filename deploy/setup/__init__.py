"""What a deployment runs once before its services: `python -m deploy.setup mongo` and `… topics`.

Both may be repeated.
"""
