using System.Runtime.CompilerServices;

namespace PyTake;

internal static class SharedPool
{
    // Many nodes start at once in this process, each blocks a thread while it starts, and none of them sizes the shared pool. With .NET's
    // default minimum, one thread per core, all other work of the process waited for up to two seconds.
    [ModuleInitializer]
    internal static void Size() => ThreadPool.SetMinThreads(32, 32);
}
