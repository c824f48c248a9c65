using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Configurations;

namespace PyTake;

/// <summary>Whether this machine can give tests a Redis in a container; found out once, and said on the console.</summary>
internal static class DockerEngine
{
    /// <summary>The image that docker-compose.scale.yml runs.</summary>
    public const string RedisImage = "redis:8.10.1";

    private static readonly Lazy<Task<bool>> HasRedis = new(LookAsync);

    /// <summary>A Docker engine answers, and has the image or can get it.</summary>
    public static Task<bool> HasRedisAsync() => HasRedis.Value;

    /// <summary>Removes a container that may be gone already.</summary>
    public static async Task RemoveAsync(string container)
    {
        using var client = TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder(Guid.NewGuid()).Build();
        try
        {
            await client.Containers.RemoveContainerAsync(container, new ContainerRemoveParameters { Force = true, RemoveVolumes = true });
        }
        catch (DockerContainerNotFoundException)
        {
            // The library removed it.
        }
    }

    private static async Task<bool> LookAsync()
    {
        var missing = await MissingAsync();
        Console.WriteLine(missing is null ? $"Tests have Redis in containers of {RedisImage}" : $"Tests have Redis as a process: {missing}");
        return missing is null;
    }

    private static async Task<string?> MissingAsync()
    {
        if (TestcontainersSettings.OS.DockerEndpointAuthConfig is not { } engine) return "no Docker engine answers";
        using var client = engine.GetDockerClientBuilder(Guid.NewGuid()).Build();
        // What cleans up after runs that were killed comes in an image of its own. Without it each test removes its containers itself.
        if (!await HasAsync(client, "testcontainers/ryuk")) TestcontainersSettings.ResourceReaperEnabled = false;
        return await HasAsync(client, RedisImage) ? null : await PullAsync(client);
    }

    private static async Task<bool> HasAsync(IDockerClient client, string image)
    {
        var named = new Dictionary<string, IDictionary<string, bool>> { ["reference"] = new Dictionary<string, bool> { [image] = true } };
        return (await client.Images.ListImagesAsync(new ImagesListParameters { Filters = named })).Count > 0;
    }

    private static async Task<string?> PullAsync(IDockerClient client)
    {
        try
        {
            await client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = RedisImage }, null, new Progress<JSONMessage>());
            return null;
        }
        catch (Exception exception) when (exception is DockerApiException or HttpRequestException or TimeoutException)
        {
            return $"the Docker engine has no {RedisImage} and can't get it: {exception.Message}";
        }
    }
}
