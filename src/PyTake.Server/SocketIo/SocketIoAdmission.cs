using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using PyTake.Accounts;
using PyTake.Json;
using PyTake.Realtime;

namespace PyTake.SocketIo;

/// <summary>Admits Socket.IO clients by the access token in their CONNECT packet; SignalR's clients send it in the URL.</summary>
internal sealed class SocketIoAdmission(TokenReader tokens, SocketAdmission admission)
{
    private const string Unauthorized = "unauthorized";

    /// <summary>Checks the token and sets its user as a feature of the connection.</summary>
    public async Task<ConnectRefusal?> CheckAsync(JsonElement auth, IFeatureCollection features, CancellationToken cancellationToken)
    {
        if (TokenOf(auth) is not { Length: > 0 } token) return new("A token is required", Unauthorized);
        if (await tokens.ReadAsync(token) is not var (caller, expiresAt)) return new("The token is not valid", Unauthorized);
        try
        {
            if (await admission.AdmitAsync(caller, expiresAt, cancellationToken) is not { } user) return new("The session is over", Unauthorized);
            features.Set(user);
            features.Set(SocketEndpoint.SocketIo);
            return null;
        }
        catch (Exception exception) when (HubGuard.IsOutage(exception))
        {
            return new("The service is temporarily unavailable, try again", "unavailable");
        }
    }

    private static string? TokenOf(JsonElement auth)
        // Not by TryGetProperty, which throws on half a surrogate pair in any member's name.
        => auth.ValueKind == JsonValueKind.Object ? auth.EnumerateObject().LastOrDefault(member => member.NameOrNull() == "token").Value.TextOrNull() : null;
}
