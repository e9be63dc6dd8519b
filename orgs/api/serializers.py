"""What the REST API shows of people, organizations and projects."""

from rest_framework import serializers


class PersonSerializer(serializers.Serializer):
    """A person of the project."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()


class OrganizationSerializer(serializers.Serializer):
    """An organization."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    requires_two_factors = serializers.BooleanField(help_text="Whether its members need two factors to reach it.")
    created_at = serializers.DateTimeField()


class ProjectSerializer(serializers.Serializer):
    """A project."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField(help_text="Names the project to commands.")
    organization = OrganizationSerializer()
    created_at = serializers.DateTimeField()
