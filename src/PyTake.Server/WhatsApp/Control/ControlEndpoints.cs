using Microsoft.AspNetCore.Http.HttpResults;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Http;

namespace PyTake.WhatsApp.Control;

/// <summary>Who answers in a conversation: /api/v1/conversations/{id}/control.</summary>
internal static class ControlEndpoints
{
    public static void AddControl(this WebApplicationBuilder builder) => builder.Services.AddSingleton<ThreadControl>();

    public static void MapControl(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup($"{ConversationEndpoints.Path}/{{id:guid}}/control").WithTags("conversations").RequireAuthorization(Policies.Write);
        group.MapPost("/take", Take).ProducesErrors(404, 409);
        group.MapPost("/release", Release).ProducesErrors(404, 409);
    }

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Take(
        Guid id, Caller caller, ThreadControl control, CancellationToken cancellationToken)
        => (await control.TakeAsync(caller, id, cancellationToken)).ToOk();

    private static async Task<Results<Ok<Conversation>, JsonHttpResult<ErrorBody>>> Release(
        Guid id, Caller caller, ThreadControl control, CancellationToken cancellationToken)
        => (await control.ReleaseAsync(caller, id, cancellationToken)).ToOk();
}
