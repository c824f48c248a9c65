using Microsoft.Extensions.Options;

namespace PyTake.Simulator.Graph;

/// <summary>A number of a company: people dial the <c>DisplayPhoneNumber</c>, requests name the <c>Id</c>.</summary>
internal sealed record BusinessNumber(string Id, string DisplayPhoneNumber)
{
    /// <summary>The WhatsApp Business account that the number belongs to: each number has its own here.</summary>
    public string AccountId => "10" + Id;
}

/// <summary>
/// Any id of digits is a number that can send and be written to, so that tests may connect numbers of their own; the
/// one in the settings is the default.
/// </summary>
internal sealed class BusinessNumbers(IOptions<SimulatorOptions> options)
{
    public BusinessNumber Default { get; } = new(options.Value.PhoneNumberId, options.Value.DisplayPhoneNumber);

    public BusinessNumber Get(string? id) => id is null || id == Default.Id ? Default : new(id, id);
}
