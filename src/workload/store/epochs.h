/*-------------------------------------------------------------------------
 *
 * epochs.h
 *		Epochs of the samples of this server: acu.epoch.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PG_ACU_EPOCHS_H
#define PG_ACU_EPOCHS_H

#include "stats/counters.h"

/*
 * Begins an epoch and returns its number.  mark: the first reading in it.
 * Where the reason is EPOCH_FIRST_SAMPLE, that is, the sampler knows of no
 * sample before, the last row of acu.epoch tells it more exactly.  Between
 * SPI_connect and SPI_finish.
 */
extern int epoch_begin(const ReadingMark *mark, EpochReason reason);

#endif
