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
}

internal static class CustomerServices
{
    public static void AddCustomers(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<CustomerBook>();
}
