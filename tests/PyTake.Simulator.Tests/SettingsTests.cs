using System.Diagnostics;

namespace PyTake.Simulator.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("WebhookUrl", "")]
    [InlineData("WebhookUrl", "localhost/webhook")]
    [InlineData("AppSecret", "")]
    [InlineData("PhoneNumberId", "")]
    [InlineData("PhoneNumberId", "12a")]
    [InlineData("DisplayPhoneNumber", "phone")]
    public async Task A_bad_setting_stops_the_process_and_is_named(string key, string value)
    {
        var start = new ProcessStartInfo("dotnet", ["PyTake.Simulator.dll", "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["Simulator__WebhookUrl"] = "http://127.0.0.1:9/webhook";
        start.Environment["Simulator__AppSecret"] = "secret";
        start.Environment["Simulator__PhoneNumberId"] = "770022";
        start.Environment["Simulator__DisplayPhoneNumber"] = "+55 11 90000-0000";
        start.Environment[$"Simulator__{key}"] = value;

        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        await using var stop = deadline.Token.Register(process.Kill);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = await process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);

        Assert.False(deadline.IsCancellationRequested, "It started with a bad setting");
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains($"Simulator__{key}", error + await output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_ok_once_it_runs()
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.GetAsync("/health");

        Assert.Equal("""{"status":"ok"}""", answer.Json.GetRawText());
    }
}
