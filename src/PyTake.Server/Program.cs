using PyTake.Accounts;
using PyTake.Backplane;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Http;
using PyTake.Jobs;
using PyTake.Realtime;
using PyTake.WhatsApp.Webhooks;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.ConfigureHttpJsonOptions(options => Wire.Configure(options.SerializerOptions));
builder.AddDatabase();
builder.AddJobs();
builder.AddWebhooks();
builder.AddHttp(); builder.AddAccounts(); builder.Services.AddSingleton<Presence>();
builder.Services.AddSignalR();

builder.Services.AddSingleton<NodeBus>();
builder.Services.AddSingleton<NodeRegistry>();
builder.Services.AddSingleton<InboxFeed>();
builder.Services.AddSingleton<ChatEvents>();
builder.Services.AddSingleton<ChangePublisher>();
builder.Services.AddSingleton<ConversationStreams>();
builder.Services.AddSingleton<PyTake.WhatsApp.Numbers.NumberDirectory>();
var app = builder.Build();
if (MigrateCommand.IsAskedBy(args)) { await app.MigrateAsync(); return; }
app.UseApiErrors();
app.MapGet("/health/live", () => "ok");
app.MapWebhooks();
app.Run();
