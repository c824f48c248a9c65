using System.Net.WebSockets;
using PyTake.Faults.Checking;
using PyTake.Faults.Consumers;
using PyTake.Faults.Load;

namespace PyTake.Faults;

/// <summary>Somebody of each organization tries to see a conversation of the other.</summary>
internal static class Trespass
{
    public static async Task<IReadOnlyList<Violation>> TryAsync(Site site, IReadOnlyList<Organization> organizations)
    {
        List<Violation> violations = [];
        foreach (var (intruder, owner) in organizations.Zip(organizations.Skip(1).Append(organizations[0])).Where(pair => pair.First != pair.Second))
        {
            var conversation = owner.Conversations[0];
            if (await IsShownAsync(intruder, conversation)) violations.Add(new(Breach.Foreign, $"REST shows conversation {conversation} to another organization"));
            if (await IsJoinedAsync(site, intruder, conversation)) violations.Add(new(Breach.Foreign, $"the hub lets another organization join conversation {conversation}"));
        }
        return violations;
    }

    private static async Task<bool> IsShownAsync(Organization intruder, Guid conversation)
    {
        try
        {
            await intruder.Rest.GetAsync($"/api/v1/conversations/{conversation}/messages", CancellationToken.None);
            return true;
        }
        catch (RestException exception)
        {
            return exception.Status != 404;
        }
    }

    private static async Task<bool> IsJoinedAsync(Site site, Organization intruder, Guid conversation)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var socket = await ConnectAsync(site, intruder, patience.Token);
        try
        {
            await socket.InvokeAsync("join_conversation", new Dictionary<string, object> { ["conversation_id"] = conversation }, CancellationToken.None);
            return true;
        }
        catch (HubRefusedException)
        {
            return false;
        }
    }

    private static async Task<HubSocket> ConnectAsync(Site site, Organization intruder, CancellationToken patience)
    {
        while (true)
            try
            {
                return await HubSocket.ConnectAsync(site.Parts.Read().BaseUrl, intruder.Token, site.Http, (_, _) => { }, patience);
            }
            catch (Exception exception) when (exception is WebSocketException or IOException)
            {
                await Task.Delay(Backoff.After(0), patience);
            }
    }
}
