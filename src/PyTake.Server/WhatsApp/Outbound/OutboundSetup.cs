using Microsoft.Extensions.Options;
using PyTake.Conversations;
using PyTake.Hosting;
using PyTake.Jobs;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Outbound;

internal static class OutboundSetup
{
    /// <summary>The Graph client and everything that sends through it; the workers only with Workers:Enabled (default true).</summary>
    public static void AddOutbound(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var sendsHere = builder.Configuration.GetValue("Workers:Enabled", true);
        services.AddSettings<GraphOptions>(GraphOptions.Section);
        services.AddSettings<OutboundOptions>(OutboundOptions.Section);
        AddGraph(services);

        services.AddSingleton<OutboundStore>();
        services.AddSingleton<StopNotices>();
        services.AddSingleton<IOutbox>(provider => provider.GetRequiredService<OutboundStore>());
        services.AddSingleton<ReadReceiptStore>();
        services.AddSingleton<IReadReceipts>(provider => provider.GetRequiredService<ReadReceiptStore>());
        services.AddSingleton(provider => new OutboundSignal(provider.GetRequiredService<NodeBus>(), provider.GetRequiredService<NodeRegistry>()));
        services.AddSingleton<ICommitListener>(provider => provider.GetRequiredService<OutboundSignal>());
        services.AddSingleton<ICustomerRecords, OutboundRecords>();
        if (sendsHere) AddWorkers(services);
    }

    private static void AddGraph(IServiceCollection services)
    {
        services.AddSingleton<GraphClient>();
        services.AddGraphHttpClient(
            GraphClient.Name, provider => provider.GetRequiredService<IOptions<OutboundOptions>>().Value.ConnectTimeout, (provider, client) =>
            {
                client.Timeout = provider.GetRequiredService<IOptions<OutboundOptions>>().Value.RequestTimeout;
                client.MaxResponseContentBufferSize = 1 << 20;
            });
    }

    private static void AddWorkers(IServiceCollection services)
    {
        services.AddSingleton<OutboundMetrics>();
        services.AddSingleton<SendingNodes>();
        services.AddSingleton<NumberThrottles>();
        services.AddSingleton<SendPolicy>();
        services.AddSingleton<MessageSender>();
        services.AddSingleton<SettlementWriter>();
        services.AddSingleton<Settler>();
        services.AddSingleton<OutboundWorker>();
        services.AddPump<OutboundWorker>();
        services.AddHostedService<TypingIndicator>();
        services.AddSingleton<ReadReceiptWorker>();
        services.AddPump<ReadReceiptWorker>();
    }
}
