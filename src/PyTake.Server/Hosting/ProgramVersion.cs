namespace PyTake.Hosting;

/// <summary>The version of the program that runs.</summary>
public static class ProgramVersion
{
    /// <summary>Major, minor and patch, as in <c>1.4.0</c>.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
