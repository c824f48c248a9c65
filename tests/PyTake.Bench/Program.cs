using System.Net.WebSockets;
using System.Text.Json;
using PyTake.Bench;

if (args is [DisturbersProcess.Command])
{
    await Disturbers.RunAsync(Console.In);
    return 0;
}

try
{
    SelfCheck.Run();
    var options = BenchOptions.Parse(args);
    if (options.Check) return 0;
    using var benchmark = new Benchmark(options, ClusterFile.Read(options.Cluster));
    var report = await benchmark.RunAsync(round => Console.Error.WriteLine(Tables.Line(round)));
    Console.Error.WriteLine($"Everything in {report.Save()}");
    Console.WriteLine(Tables.Render(report));
    return report.IsFaulty ? 1 : 0;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{BenchOptions.Usage}");
    return 2;
}
catch (Exception exception) when (exception is IOException or HttpRequestException or WebSocketException or TimeoutException or JsonException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"The benchmark could not run: {exception.Message}");
    return 1;
}
