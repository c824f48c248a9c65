[assembly: AssemblyFixture(typeof(PyTake.SharedRedis))]

namespace PyTake;

/// <summary>The Redis that all tests share which need nothing special of it, where it is a container.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private PrivateRedis? _redis;

    public async ValueTask InitializeAsync()
    {
        if (!await DockerEngine.HasRedisAsync()) return;
        _redis = await PrivateRedis.StartAsync();
        TestEnvironment.Redis = _redis.Address;
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null) await _redis.DisposeAsync();
    }
}
