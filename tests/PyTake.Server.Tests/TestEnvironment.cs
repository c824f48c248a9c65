namespace PyTake;

/// <summary>The servers that tests run against; <c>infra/test</c> starts them and passes their addresses.</summary>
public static class TestEnvironment
{
    /// <summary>Npgsql connection string of a superuser.</summary>
    public static string Postgres => Require("PYTAKE_TEST_POSTGRES");

    /// <summary>host:port; of a container if one is running.</summary>
    public static string Redis
    {
        get => field ?? Require("PYTAKE_TEST_REDIS");
        set;
    }

    private static string Require(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException(
            $"{name} is not set. These tests need PostgreSQL and Redis: run infra/test, or `eval \"$(infra/test --services)\"` first.");
}
