using System.Runtime.CompilerServices;

namespace PyTake;

internal static class SharedPool
{
    // Many nodes at once, each of which holds a thread while it starts, and none of which sizes the pool that they share: with .NET's own
    // least, one for each core, all others of the process waited for up to two seconds.
    [ModuleInitializer]
    internal static void Size() => ThreadPool.SetMinThreads(32, 32);
}
