/* contract.h - the contract suites: the promises of each vtable as a program that anybody can run on a backend of their own.
 *
 * A suite has rules; a rule passes, fails, or is not claimed. What a backend claims by its capabilities, or by having an
 * optional method, is a rule that must pass. Each suite is plain C in a header under lambdainvoke/contract and needs no test
 * library: give it an environment that opens your backend, and a report that is called with each verdict.
 *
 *   li_contract_queue        rules of li_queue, a crash of the process among them
 *   li_contract_store        rules of li_store, likewise
 *   li_contract_destination  rules of li_destination
 *   li_contract_retry        rules of li_retry_policy
 *   li_contract_clock        rules of clocks
 *   li_contract_executor     rules of li_executor, seen through an engine
 *   li_contract_allocator    rules of li_allocator
 *   li_contract_metrics      rules of li_metrics_sink */
#ifndef LAMBDAINVOKE_CONTRACT_H
#define LAMBDAINVOKE_CONTRACT_H

#include <lambdainvoke/contract/allocator.h>
#include <lambdainvoke/contract/clock.h>
#include <lambdainvoke/contract/contract.h>
#include <lambdainvoke/contract/destination.h>
#include <lambdainvoke/contract/executor.h>
#include <lambdainvoke/contract/metrics.h>
#include <lambdainvoke/contract/queue.h>
#include <lambdainvoke/contract/retry.h>
#include <lambdainvoke/contract/store.h>

#endif
