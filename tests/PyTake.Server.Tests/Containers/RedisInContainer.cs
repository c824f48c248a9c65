using Docker.DotNet.Models;
using DotNet.Testcontainers.Containers;
using Testcontainers.Redis;

namespace PyTake;

/// <summary>Redis in a container, at a port of this machine that stays the same when it comes back.</summary>
internal sealed class RedisInContainer : PrivateRedis
{
    private readonly IContainer _container;

    public RedisInContainer() => _container = new RedisBuilder(DockerEngine.RedisImage)
        .WithPortBinding(Port, RedisBuilder.RedisPort)
        .WithCommand("redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no")
        .WithCreateParameterModifier(Restrict)
        .Build();

    public override Task KillAsync() => _container.StopAsync();

    public override Task FreezeAsync() => _container.PauseAsync();

    public override Task ThawAsync() => _container.UnpauseAsync();

    public override async ValueTask DisposeAsync()
    {
        var id = _container.Id;
        await _container.DisposeAsync();
        // Without its reaper the library leaves it behind, stopped.
        await DockerEngine.RemoveAsync(id);
    }

    protected override Task LaunchAsync() => _container.StartAsync();

    private static void Restrict(CreateContainerParameters container)
    {
        // To stop it is to kill it.
        container.StopSignal = "SIGKILL";
        foreach (var binding in container.HostConfig!.PortBindings!.Values.SelectMany(b => b)) binding.HostIP = "127.0.0.1";
    }
}
