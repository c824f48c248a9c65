using System.Net.WebSockets;
using PyTake.Faults.Checking;
using PyTake.Faults.Load;

namespace PyTake.Faults;

/// <summary>A user of each organization tries to see a conversation of the other.</summary>
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
        await using var client = await ConnectAsync(site, intruder);
        try
        {
            await client.Join(conversation);
            return true;
        }
        catch (HubCallFailed) when (!client.IsClosed)
        {
            return false;
        }
    }

    private static async Task<SignalRClient> ConnectAsync(Site site, Organization intruder)
    {
        for (var failures = 0; ; failures++)
            try
            {
                return await SignalRClient.ConnectAsync(site.Parts.Read().BaseUrl, intruder.Token);
            }
            catch (Exception exception) when (failures < 10 && exception is WebSocketException or IOException or TimeoutException)
            {
                await Task.Delay(Backoff.After(0));
            }
    }
}
