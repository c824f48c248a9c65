using System.Text.Json;
using PyTake.Simulator.Control;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Threads;

/// <summary>Takes, passes and releases threads (conversation-routing/thread-control); none of it calls the app's own webhook.</summary>
internal static class ThreadEndpoints
{
    public static void AddThreads(this WebApplicationBuilder builder) => builder.Services.AddSingleton<ThreadOwners>();

    public static void MapThreads(this RouteGroupBuilder graph) =>
        graph.MapPost("/{phoneNumberId:regex(^\\d+$)}/thread_control", Change).AddEndpointFilter(GraphAccess.Demand);

    private static IResult Change(
        string phoneNumberId, JsonElement body, CustomerBook customers, BusinessNumbers numbers, ThreadOwners owners, Rules rules, SentLog sent)
    {
        var number = numbers.Get(phoneNumberId);
        sent.Add(number, body, message: null);
        if (body.Text("messaging_product") != "whatsapp")
            return GraphError.BadParameter("The parameter messaging_product is required.").ToResult();
        var action = body.Text("action");
        if (action is not ("take" or "pass" or "release"))
            return GraphError.BadParameter("Param action must be one of {PASS, RELEASE, TAKE}.").ToResult();
        if (Recipient.Of(body, customers) is not { } recipient)
            return GraphError.BadParameter("The parameter to or recipient is required.").ToResult();
        if (rules.Take(recipient)?.Refusal is { } refusal)
            return refusal;
        if (owners.Next(number, recipient, action, body.Member("control_pass")?.Text("target_role")) is not { } next)
            return GraphError.BadParameter("The app does not have control of this thread").ToResult();
        owners.Set(number, recipient.Id, next);
        return TypedResults.Ok(new { MessagingProduct = "whatsapp" });
    }
}
