namespace PyTake.Harness;

/// <summary>The checkout that this process runs from.</summary>
public static class Repository
{
    /// <exception cref="TypeInitializationException">It does not run inside a checkout.</exception>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "PyTake.sln"))) return directory.FullName;
        throw new InvalidOperationException("This does not run inside the repository");
    }
}
