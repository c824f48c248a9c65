using System.Collections.Concurrent;

namespace PyTake.Simulator.Customers;

/// <summary>The customers who wrote, found by either of their ids.</summary>
internal sealed class CustomerBook
{
    private readonly ConcurrentDictionary<string, Customer> _customers = new();

    /// <summary>Adds the ids and name that a customer showed to those known already.</summary>
    public void Remember(Customer shown)
    {
        var known = Find(shown.Id);
        var customer = new Customer(
            shown.WaId ?? known?.WaId, shown.UserId ?? known?.UserId, shown.Name ?? known?.Name);
        if (customer.WaId is not null)
            _customers[customer.WaId] = customer;
        if (customer.UserId is not null)
            _customers[customer.UserId] = customer;
    }

    public Customer? Find(string id) => _customers.GetValueOrDefault(id);

    /// <summary>The customer with this number, in whichever of the two spellings that WhatsApp has for some countries' mobiles.</summary>
    public Customer? FindNumber(string digits) => Find(digits) ?? (OtherSpelling(digits) is { } other ? Find(other) : null);

    private static string? OtherSpelling(string digits) => digits switch
    {
        ['5', '5', _, _, '9', >= '6' and <= '9', .. { Length: 7 }] => digits[..4] + digits[5..],
        ['5', '5', _, _, >= '6' and <= '9', .. { Length: 7 }] => digits[..4] + "9" + digits[4..],
        ['5', '2', '1', .. { Length: 10 }] => "52" + digits[3..],
        ['5', '2', .. { Length: 10 }] => "521" + digits[2..],
        ['5', '4', '9', .. { Length: 10 }] => "54" + digits[3..],
        ['5', '4', .. { Length: 10 }] => "549" + digits[2..],
        _ => null,
    };
}

internal static class CustomerServices
{
    public static void AddCustomers(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<CustomerBook>();
}
