using System.Text.Json;

namespace PyTake.Realtime;

public sealed class InboxFeedTests(Cluster cluster) : IClassFixture<Cluster>
{
    [Fact]
    public async Task A_change_of_the_list_reaches_those_who_watch_it_on_every_node_and_no_other_organization()
    {
        var (organization, other) = (await Given.Organization(cluster.One), await Given.Organization(cluster.One));
        var conversation = await Given.Conversation(organization);
        await using var here = await SignalRClient.ConnectAsync(cluster.One, organization.Admin.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Viewer.Token);
        await using var stranger = await SignalRClient.ConnectAsync(cluster.Two, other.Admin.Token);
        await Task.WhenAll(here.Watch(), there.Watch(), stranger.Watch());

        await Given.InboundMessage(conversation, "Bom dia");

        foreach (var client in new[] { here, there })
        {
            var updated = await client.Next("conversation:updated");
            Assert.Equal(conversation.Id, updated.GetProperty("id").GetGuid());
            Assert.Equal((1L, 2L), (updated.GetProperty("prev_inbox_seq").GetInt64(), updated.GetProperty("inbox_seq").GetInt64()));
            Assert.Equal("Bom dia", updated.GetProperty("last_message").GetProperty("preview").GetString());
            Assert.Equal("Ana Prado", updated.GetProperty("contact").GetProperty("name").GetString());
            Assert.False(updated.TryGetProperty("unread_count", out _));
        }
        await stranger.Call("ping");
        Assert.Empty(stranger.All("conversation:updated"));
    }

    [Fact]
    public async Task Events_form_a_chain_without_gaps_that_ends_at_the_databases_position()
    {
        var organization = await Given.Organization(cluster.One);
        var conversations = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Given.Conversation(organization)));
        await using var here = await SignalRClient.ConnectAsync(cluster.One, organization.Admin.Token);
        await using var there = await SignalRClient.ConnectAsync(cluster.Two, organization.Admin.Token);
        await Task.WhenAll(here.Watch(), there.Watch());

        await Parallel.ForAsync(0, 80, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
            await Given.InboundMessage(conversations[i % conversations.Length], $"message {i}"));

        foreach (var client in new[] { here, there })
        {
            await client.Next("conversation:updated", c => c.GetProperty("inbox_seq").GetInt64() == 88);
            var chain = client.All("conversation:updated");
            Assert.Equal(8, chain[0].GetProperty("prev_inbox_seq").GetInt64());
            Assert.All(chain.Zip(chain.Skip(1)), pair => Assert.Equal(
                pair.First.GetProperty("inbox_seq").GetInt64(), pair.Second.GetProperty("prev_inbox_seq").GetInt64()));
            // Changes may have been merged on the way, but the last event for each conversation is its current state.
            foreach (var conversation in conversations)
                Assert.Equal(10, chain.Last(c => c.GetProperty("id").GetGuid() == conversation.Id).GetProperty("total_messages").GetInt32());
        }
    }

    [Fact]
    public async Task Clients_that_are_written_to_one_after_another_all_receive_the_whole_chain_in_order()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        var clients = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => SignalRClient.ConnectAsync(cluster.One, organization.Admin.Token)));
        await Task.WhenAll(clients.Select(client => client.Watch()));

        for (var i = 0; i < 20; i++) await Given.InboundMessage(conversation, $"message {i}");

        foreach (var client in clients)
        {
            await client.Next("conversation:updated", c => c.GetProperty("inbox_seq").GetInt64() == 21);
            await client.Next("conversation:unread_update", u => u.GetProperty("unread_count").GetInt32() == 20);
            var chain = client.All("conversation:updated");
            Assert.Equal(1, chain[0].GetProperty("prev_inbox_seq").GetInt64());
            Assert.All(chain.Zip(chain.Skip(1)), pair => Assert.Equal(
                pair.First.GetProperty("inbox_seq").GetInt64(), pair.Second.GetProperty("prev_inbox_seq").GetInt64()));
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Changes_without_a_hint_are_found()
    {
        var organization = await Given.Organization(cluster.One);
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Admin.Token);
        await client.Watch();

        // Arranged by SQL alone, so that no node is notified.
        var conversation = await Given.Conversation(organization);

        Assert.Equal(conversation.Id, (await client.Next("conversation:updated")).GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task More_changes_than_the_limit_cause_a_resync_and_then_events_go_on()
    {
        await using var node = cluster.Start(("Realtime:CatchUpLimit", "3"), ("Realtime:PositionCheck", "00:00:00.2"));
        var organization = await Given.Organization(node);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Admin.Token);
        await client.Watch();
        var contacts = new List<TestContact>();
        for (var i = 0; i < 4; i++) contacts.Add(await Given.Contact(organization));
        await cluster.Database.ExecuteAsync("""
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, inbox_seq)
            select gen_random_uuid(), @Id, contact, @number, n
            from unnest(@contacts) with ordinality as c (contact, n);
            update inbox_counters set inbox_seq = 4 where organization_id = @Id;
            """, new { organization.Id, number = organization.Number.Id, contacts = contacts.Select(c => c.Id).ToArray() });

        Assert.Equal(4, (await client.Next("resync")).GetProperty("inbox_seq").GetInt64());
        await Given.Conversation(organization);
        Assert.Equal(4, (await client.Next("conversation:updated")).GetProperty("prev_inbox_seq").GetInt64());
    }

    [Fact]
    public async Task A_customers_message_raises_each_users_own_unread_count_on_every_node()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await Given.InboundMessage(conversation, "one");
        await Given.InboundMessage(conversation, "two");
        await cluster.Database.ExecuteAsync(
            "insert into conversation_reads (user_id, conversation_id, inbound_read) values (@user, @Id, 2)",
            new { user = organization.Agent.Id, conversation.Id });
        await using var read = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var never = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await Task.WhenAll(read.Watch(), never.Watch());

        await Given.InboundMessage(conversation, "three");

        Assert.Equal(1, Unread(await read.Next("conversation:unread_update", u => u.GetProperty("unread_count").GetInt32() > 0), conversation));
        Assert.Equal(3, Unread(await never.Next("conversation:unread_update"), conversation));
    }

    [Fact]
    public async Task Unread_counts_that_could_not_be_read_are_sent_a_moment_later()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, ("Logging:LogLevel:PyTake.Realtime", "None"));
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await client.Watch();
        // The first read of these users' counts fails. Reads that are two days old are not sent to new connections.
        await database.ExecuteAsync("""
            insert into conversation_reads (user_id, conversation_id, inbound_read, updated_at) values (@user, @Id, 0, now() - interval '2 days');
            alter table conversation_reads rename to conversation_reads_kept;
            create sequence looks;
            create function looks() returns boolean language plpgsql as $$
                begin
                    if current_query() like '%where conversation_id = any%' and nextval('looks') = 1 then raise exception 'not now'; end if;
                    return true;
                end
            $$;
            create view conversation_reads as select * from conversation_reads_kept where looks();
            """, new { user = organization.Agent.Id, conversation.Id });

        await Given.InboundMessage(conversation, "one");

        Assert.Equal(1, Unread(await client.Next("conversation:unread_update"), conversation));
        Assert.Equal(2, await database.SingleAsync<long>("select last_value from looks"));
    }

    [Fact]
    public async Task Reading_on_one_device_shows_on_the_users_other_devices_and_to_nobody_else()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.Conversation(organization);
        await using var laptop = await SignalRClient.ConnectAsync(cluster.One, organization.Agent.Token);
        await using var phone = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var colleague = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await Task.WhenAll(laptop.Watch(), phone.Join(conversation.Id), colleague.Watch());

        cluster.One.Get<ChatEvents>().UnreadChanged(organization.Agent.Id, conversation.Id, 4);

        Assert.Equal(4, Unread(await laptop.Next("conversation:unread_update"), conversation));
        Assert.Equal(4, Unread(await phone.Next("conversation:unread_update"), conversation));
        await colleague.Call("ping");
        Assert.Empty(colleague.All("conversation:unread_update"));
    }

    [Fact]
    public async Task Reads_that_were_never_published_are_found()
    {
        var organization = await Given.Organization(cluster.One);
        var conversation = await Given.OpenConversation(organization);
        await using var client = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await client.Watch();

        await cluster.Database.ExecuteAsync(
            "insert into conversation_reads (user_id, conversation_id, inbound_read) values (@user, @Id, 1)",
            new { user = organization.Agent.Id, conversation.Id });

        Assert.Equal(0, Unread(await client.Next("conversation:unread_update"), conversation));
        await Given.InboundMessage(conversation, "another");
        Assert.Equal(1, Unread(await client.Next("conversation:unread_update"), conversation));
        Assert.Equal(2, client.All("conversation:unread_update").Count);
    }

    [Fact]
    public async Task Reads_on_another_device_are_sent_to_a_device_that_reconnects()
    {
        var organization = await Given.Organization(cluster.One);
        var (read, old) = (await Given.OpenConversation(organization), await Given.OpenConversation(organization));
        await cluster.Database.ExecuteAsync("""
            insert into conversation_reads (user_id, conversation_id, inbound_read, updated_at)
            values (@user, @read, 1, now() - interval '1 hour'), (@user, @old, 1, now() - interval '2 days')
            """, new { user = organization.Agent.Id, read = read.Id, old = old.Id });

        await using var back = await SignalRClient.ConnectAsync(cluster.Two, organization.Agent.Token);
        await using var colleague = await SignalRClient.ConnectAsync(cluster.Two, organization.OtherAgent.Token);
        await Task.WhenAll(back.Watch(afterInboxSeq: 4), colleague.Watch(afterInboxSeq: 4));

        Assert.Equal(0, Unread(await back.Next("conversation:unread_update"), read));
        await back.Call("ping");
        await colleague.Call("ping");
        Assert.Single(back.All("conversation:unread_update"));
        Assert.Empty(colleague.All("conversation:unread_update"));
    }

    [Fact]
    public async Task Only_counts_of_conversations_that_were_read_are_remembered()
    {
        await using var node = cluster.Start();
        var organization = await Given.Organization(node);
        var conversation = await Given.Conversation(organization);
        await using var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token);
        await client.Watch();
        await Given.InboundMessage(conversation, "one");
        Assert.Equal(1, Unread(await client.Next("conversation:unread_update"), conversation));
        Assert.Equal(0, node.Get<UnreadFeed>().Remembered);

        node.Get<ChatEvents>().UnreadChanged(organization.Agent.Id, conversation.Id, 0);
        Assert.Equal(0, Unread(await client.Next("conversation:unread_update"), conversation));
        Assert.Equal(1, node.Get<UnreadFeed>().Remembered);
    }

    [Fact]
    public async Task An_organization_that_nobody_watches_is_forgotten_and_followed_again_when_somebody_does()
    {
        await using var node = cluster.Start(("Realtime:PositionCheck", "00:00:00.2"));
        var organization = await Given.Organization(node);
        for (var n = 0; n < 2; n++)
        {
            await using (var client = await SignalRClient.ConnectAsync(node, organization.Agent.Token))
            {
                Assert.Equal(0, node.Get<InboxFeed>().Followed);
                await client.Watch();
                Assert.Equal(1, node.Get<InboxFeed>().Followed);
                var conversation = await Given.Conversation(organization);
                Assert.Equal(conversation.Id, (await client.Next("conversation:updated")).GetProperty("id").GetGuid());
            }
            await Wait.Until(() => node.Get<InboxFeed>().Followed == 0);
        }
    }

    private static int Unread(JsonElement update, TestConversation conversation)
    {
        Assert.Equal(conversation.Id, update.GetProperty("conversation_id").GetGuid());
        return update.GetProperty("unread_count").GetInt32();
    }
}
