using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Wire;

/// <summary>
/// HEAD works wherever GET does: routed and handled as GET, and what the handler writes goes nowhere. When it begins to write, it is told
/// that
/// nobody listens any more, so that a long answer is not made for nobody and an endless one ends. Two halves, around the routing, because
/// the
/// web server must know that it was HEAD.
/// </summary>
internal static class HeadRequests
{
    /// <summary>Adds the routing, with HEAD for every GET.</summary>
    public static void UseRoutingWithHead(this IApplicationBuilder app)
    {
        app.Use(RouteAsGetAsync);
        app.UseRouting();
        app.Use(static (context, next) =>
        {
            if (context.Features.Get<HeadRequest>() is not null)
            {
                context.Request.Method = HttpMethods.Head;
            }

            return next(context);
        });
    }

    /// <summary>Adds HEAD to what a 405 says: the routing knows of GET only.</summary>
    public static void Allow(HttpResponse response)
    {
        string allow = response.Headers.Allow.ToString();
        if (allow.Split(", ").Contains(HttpMethods.Get))
        {
            response.Headers[HeaderNames.Allow] = $"{allow}, {HttpMethods.Head}";
        }
    }

    private static Task RouteAsGetAsync(HttpContext context, RequestDelegate next) =>
        HttpMethods.IsHead(context.Request.Method) ? AnswerHeadAsync(context, next) : next(context);

    private static async Task AnswerHeadAsync(HttpContext context, RequestDelegate next)
    {
        Stream body = context.Response.Body;
        CancellationToken aborted = context.RequestAborted;
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        context.Features.Set(new HeadRequest());
        context.Request.Method = HttpMethods.Get;
        context.RequestAborted = over.Token;
        context.Response.Body = new NoBody(over);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            // Status and headers are as GET would have them; there is nothing else to say.
        }
        finally
        {
            context.Request.Method = HttpMethods.Head;
            context.RequestAborted = aborted;
            context.Response.Body = body;
        }
    }

    private sealed class HeadRequest;

    /// <summary>Where the body would go.</summary>
    private sealed class NoBody(CancellationTokenSource over) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => over.Cancel();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => over.CancelAsync();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(over.CancelAsync());
    }
}
