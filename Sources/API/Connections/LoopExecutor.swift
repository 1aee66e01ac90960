import NIOCore

/// Runs a connection's work on the event loop that reads and writes it: a request then goes from thread to thread for its
/// question alone, not for each step of its way. Whatever takes long is on threads of its own (`AnswerThreads`).
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) {
    self.loop = loop
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
