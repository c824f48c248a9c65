using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Simulator.Messages;
using PyTake.Simulator.Phone;

namespace PyTake.Simulator.Control;

/// <summary>Lets tests control the simulator: list what was sent, write as a customer, inject faults.</summary>
internal static class ControlEndpoints
{
    public static void AddControl(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SettingsHolder>();
        builder.Services.AddSingleton<Rules>();
        builder.Services.AddSingleton<ReceiveInbound>();
        builder.Services.AddSingleton<SendStatus>();
        builder.Services.AddSingleton<Routing>();
        builder.Services.AddValidation();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            // A misspelt or missing member is an error; otherwise a test would believe that its request had an effect.
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
            options.SerializerOptions.RespectNullableAnnotations = true;
        });
    }

    public static void MapControl(this IEndpointRouteBuilder app)
    {
        var control = app.MapGroup("/_control");
        control.MapGet("/sent", (SentLog sent, long after = 0) => sent.After(after));
        control.MapPost("/inbound", (InboundRequest request, ReceiveInbound receive) => receive.RunAsync(request));
        control.MapPost("/statuses", Status);
        control.MapPost("/owners", (OwnerRequest request, Routing routing) => routing.ChangeAsync(request));
        control.MapPost("/echoes", (EchoRequest request, Routing routing) => routing.EchoAsync(request));
        control.MapGet("/rules", (Rules rules) => rules.List());
        control.MapPost("/rules", AddRule);
        control.MapDelete("/rules", ClearRules);
        control.MapGet("/settings", (SettingsHolder settings) => settings.Current);
        control.MapPost("/settings", ChangeSettings);
    }

    private static async Task<Results<Ok<StatusResult>, ValidationProblem>> Status(
        StatusRequest request, SendStatus send) =>
        await send.RunAsync(request) is { } result
            ? TypedResults.Ok(result)
            : TypedResults.ValidationProblem([new("wamid", [$"no message {request.Wamid} was accepted"])]);

    private static StatusSettings ChangeSettings(SettingsRequest request, SettingsHolder settings, PhoneLog log)
    {
        var changed = settings.Change(request);
        log.Add(new("settings") { Settings = changed });
        return changed;
    }

    private static Rule AddRule(Rule rule, Rules rules, PhoneLog log)
    {
        rules.Add(rule);
        log.Add(new("rules") { Rules = rules.List() });
        return rule;
    }

    private static Rule[] ClearRules(Rules rules, PhoneLog log)
    {
        rules.Clear();
        log.Add(new("rules") { Rules = [] });
        return rules.List();
    }
}
