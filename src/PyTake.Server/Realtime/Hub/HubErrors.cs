using Microsoft.AspNetCore.SignalR;

namespace PyTake.Realtime;

/// <summary>Errors with a text for the user, and the code for the <c>error</c> event.</summary>
internal static class HubErrors
{
    private const string Code = "code";
    private const string Silent = "silent";

    public static HubException Invalid(string message) => Make("invalid", message);

    /// <summary>Also for anything of another organization.</summary>
    public static HubException NotFound(string what) => Make("not_found", $"{what} not found");

    public static HubException Forbidden(string message) => Make("forbidden", message);

    public static HubException Unauthorized(string message) => Make("unauthorized", message);

    /// <param name="sendsEvent">Whether to send an <c>error</c> event as well; not each time, or a flood of calls would cause a flood of events.</param>
    public static HubException TooMany(bool sendsEvent)
    {
        var exception = Make("rate_limit_exceeded", "Too many calls, slow down");
        if (!sendsEvent) exception.Data[Silent] = true;
        return exception;
    }

    public static HubException Unavailable() => Make("unavailable", "The service is temporarily unavailable, try again");

    public static HubException Unexpected() => Make("internal_error", "Something went wrong, try again");

    /// <summary>The code of an error made here.</summary>
    public static string CodeOf(HubException exception) => exception.Data[Code] as string ?? "error";

    /// <summary>Whether an <c>error</c> event goes with it.</summary>
    public static bool SendsEvent(HubException exception) => exception.Data[Silent] is null;

    private static HubException Make(string code, string message) => new(message) { Data = { [Code] = code } };
}
