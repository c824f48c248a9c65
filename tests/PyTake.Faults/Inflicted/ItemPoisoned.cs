namespace PyTake.Faults.Inflicted;

internal sealed class ItemPoisoned() : Fault("item-poisoned", "Webhooks with one message in the middle that makes the worker fail, for 5 s; then the cause is removed")
{
    private const string Mark = "poison";

    public override Promise Promise => new(Silence: TimeSpan.FromSeconds(3), Errors: 0);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await scene.Database.QueryAsync($"""
            create or replace function faults_poison() returns trigger language plpgsql as $$
            begin
                if new.content ->> 'text' like '{Mark} %' then raise 'this is poison'; end if;
                return new;
            end $$;
            create trigger faults_poison before insert on messages for each row execute function faults_poison();
            """);
        try
        {
            for (var n = 0; n < 20; n++)
            {
                foreach (var organization in scene.Organizations) await organization.Customers.PoisonAsync(Mark, cancellationToken);
                await Task.Delay(250, cancellationToken);
            }
        }
        finally
        {
            await scene.Database.QueryAsync("drop trigger faults_poison on messages; drop function faults_poison();");
        }
    }
}
