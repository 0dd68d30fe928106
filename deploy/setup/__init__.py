"""What a deployment runs once before its services: `python -m deploy.setup mongo`, then `brokers`, `topics`.

Each may be repeated.
"""
