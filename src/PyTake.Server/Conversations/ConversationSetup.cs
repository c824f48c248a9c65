using PyTake.Accounts;

namespace PyTake.Conversations;

internal static class ConversationSetup
{
    /// <summary>Registers conversations and messages: reading them, and the actions of users on them.</summary>
    public static void AddConversations(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<OpenInbox>(ConversationWriter.AddInboxAsync);
        services.AddSingleton<GiveBackConversations>(provider => provider.GetRequiredService<ReleaseConversations>().CommitAsync);
        services.AddSingleton<ReleaseConversations>();
        services.AddSingleton<ConversationStreams>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<ConversationList>();
        services.AddSingleton<ConversationTotalsStore>();
        services.AddSingleton<MessageStore>();

        services.AddSingleton<ChangeConversation>();
        services.AddSingleton<CreateConversation>();
        services.AddSingleton<UpdateConversation>();
        services.AddSingleton<AssignConversation>();
        services.AddSingleton<TransferConversation>();
        services.AddSingleton<CloseConversation>();
        services.AddSingleton<ReopenConversation>();
        services.AddSingleton<PullConversation>();
        services.AddSingleton<MarkRead>();
        services.AddSingleton<MarkUnread>();
        services.AddSingleton<MarketingRule>();
        services.AddSingleton<SendMessage>();
        services.AddSingleton<RetryMessage>();
        services.AddSingleton<AddNote>();
    }

    /// <summary>Routes under /api/v1/conversations, and /api/v1/queue/pull.</summary>
    public static void MapConversationRoutes(this IEndpointRouteBuilder app)
    {
        app.MapConversations();
        app.MapMessages();
    }
}
