using PyTake.Simulator;
using PyTake.Simulator.Control;
using PyTake.Simulator.Customers;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Media;
using PyTake.Simulator.Messages;
using PyTake.Simulator.Phone;
using PyTake.Simulator.Templates;
using PyTake.Simulator.Threads;
using PyTake.Simulator.Webhooks;

var builder = WebApplication.CreateBuilder(args);

builder.AddSettings();
builder.AddGraph();
builder.AddCustomers();
builder.AddMessages();
builder.AddMedia();
builder.AddTemplates();
builder.AddThreads();
builder.AddWebhooks();
builder.AddPhone();
builder.AddControl();

var app = builder.Build();

app.UseControlErrors();
app.UsePhonePage();

app.MapHealth();
app.MapControl();
app.MapPhone();
app.MapMediaDownload();

var graph = app.MapGraph();
graph.MapNodes();
graph.MapMessages();
graph.MapMedia();
graph.MapTemplates();
graph.MapThreads();

app.Run();
