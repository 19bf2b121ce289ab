"""How Django finds the app; importing the triggers registers them."""

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "subscribers"

    def import_models(self) -> None:
        super().import_models()
        from subscribers import triggers  # noqa: F401  # its proxy models need all models to be loaded
