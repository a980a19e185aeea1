"""Stand-ins for outside services which judge an integration as the real service would.

Nothing here imports `integrations`: what a fake believes must not come from what it judges.
"""
