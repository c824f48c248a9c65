using System.Runtime.InteropServices;

namespace PyTake.Harness;

/// <summary>The machine that figures were measured on; without it they mean nothing.</summary>
public sealed record Machine(string Processor, int Processors, double MemoryGb, string System, string Runtime)
{
    public static Machine Read() => new(
        Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.OSArchitecture.ToString(),
        Environment.ProcessorCount,
        double.Parse(Field("/proc/meminfo", "MemTotal")!.Split(' ')[0]) / 1_048_576,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    public override string ToString() => $"{Processors} × {Processor}, {MemoryGb:0} GB, {System}, {Runtime}";

    private static string? Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name))?.Split(':', 2)[1].Trim();
}
